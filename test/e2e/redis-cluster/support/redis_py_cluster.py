"""An application with redis-py's cluster client: python3 redis_py_cluster.py PORT. Works until a line comes on standard input, then says in
one line of JSON what was counted, what went wrong, and which nodes it knows. Each step is told with a line."""
import json
import sys
import threading

from redis.cluster import RedisCluster

client = RedisCluster(host="127.0.0.1", port=int(sys.argv[1]))
done = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), done.set()), daemon=True).start()
counts, errors = {}, []
while not done.is_set():
    for number in range(30):
        key = f"py:{number}"
        try:
            client.incr(key)
            counts[key] = counts.get(key, 0) + 1
        except Exception as error:
            errors.append(repr(error))
    print("step", flush=True)
nodes = sorted(node.name for node in client.get_nodes())
print(json.dumps({"counts": counts, "errors": errors, "nodes": nodes}), flush=True)
