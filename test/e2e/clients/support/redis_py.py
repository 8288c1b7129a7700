"""An application with redis-py: python3 redis_py.py PORT PythonParser|HiredisParser. Works until a line comes on standard input, then says in one
line of JSON what was done and what went wrong. Each step is told with a line, so that the test knows that work goes on."""
import json
import sys
import threading

import redis

port = int(sys.argv[1])
parser = getattr(redis.connection, sys.argv[2])
pool = redis.ConnectionPool(port=port, max_connections=50, client_name="py", parser_class=parser)
client = redis.Redis(connection_pool=pool)
done = threading.Event()
errors = []
counts = {"incr": 0, "cas": 0, "refused": 0, "scripted": 0}
lock = threading.Lock()
jobs, heard = [], []
made = said = 0
add = client.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])")


def tell(step):
    with lock:
        print(step, flush=True)


def count():
    with client.pipeline(transaction=False) as pipe:
        pipe.incr("py:incr").get("py:incr").incr("py:incr").execute()
    with client.pipeline(transaction=True) as pipe:
        pipe.incr("py:incr").hset("py:h", mapping={"a": 1}).hgetall("py:h").execute()
    with lock:
        counts["incr"] += 3


def compare_and_set():
    with client.pipeline() as pipe:
        try:
            pipe.watch("py:cas")
            seen = int(pipe.get("py:cas") or 0)
            pipe.multi()
            pipe.set("py:cas", seen + 1)
            pipe.execute()
            key = "cas"
        except redis.WatchError:
            key = "refused"
    with lock:
        counts[key] += 1


def script():
    add(keys=["py:scripted"], args=[2])
    with lock:
        counts["scripted"] += 2


def produce():
    global made
    client.rpush("py:jobs", made)
    made += 1


def publish():
    global said
    client.publish("py:news", said)
    said += 1


def loop(step):
    try:
        while not done.is_set():
            step()
            tell("step")
    except Exception as error:  # noqa: BLE001 - whatever it is, the test has to know
        errors.append(repr(error))
        tell("step")


def consume():
    try:
        while True:
            _, job = client.blpop("py:jobs", timeout=0)
            if job == b"stop":
                return
            jobs.append(int(job))
    except Exception as error:  # noqa: BLE001
        errors.append(repr(error))


def listen(ready):
    try:
        with client.pubsub() as pubsub:
            pubsub.subscribe("py:news")
            for message in pubsub.listen():
                if message["type"] == "subscribe":
                    ready.set()
                elif message["data"] == b"stop":
                    return
                else:
                    heard.append(int(message["data"]))
    except Exception as error:  # noqa: BLE001
        errors.append(repr(error))


ready = threading.Event()
waiting = [threading.Thread(target=consume) for _ in range(3)] + [threading.Thread(target=listen, args=(ready,))]
for thread in waiting:
    thread.start()
ready.wait()
steps = [count, count, compare_and_set, compare_and_set, script, produce, publish]
working = [threading.Thread(target=loop, args=(step,)) for step in steps]
for thread in working:
    thread.start()
sys.stdin.readline()
done.set()
for thread in working:
    thread.join()
for _ in range(3):
    client.rpush("py:jobs", "stop")
client.publish("py:news", "stop")
for thread in waiting:
    thread.join()
stored = {
    "incr": int(client.get("py:incr")),
    "cas": int(client.get("py:cas")),
    "scripted": int(client.get("py:scripted")),
}
result = {
    "errors": errors,
    "counted": {key: counts[key] for key in stored},
    "stored": stored,
    "jobs": sorted(jobs) == list(range(made)),
    "heard": heard == list(range(said)),
}
print(json.dumps(result), flush=True)
