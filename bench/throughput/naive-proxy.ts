import { connect, createServer } from 'node:net';

/**
 * What one gets by piping sockets: a connection to the server for each client, bytes passed on as they come. The least
 * that a proxy in Node can do without looking at what it carries.
 *
 *   node naive-proxy.js PORT SERVER-PORT
 */
const [port, serverPort] = process.argv.slice(2).map(Number);

createServer({ noDelay: true }, (client) => {
  const server = connect({ host: '127.0.0.1', port: serverPort ?? 0, noDelay: true });
  client.pipe(server).pipe(client);
  const end = (): void => {
    client.destroy();
    server.destroy();
  };
  client.on('error', end).on('close', end);
  server.on('error', end).on('close', end);
}).listen({ port, host: '127.0.0.1', backlog: 511 });
