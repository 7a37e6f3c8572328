// For tools that speak TCP only: relay a port of this machine to the server's socket for as
// long as the command runs, and point PGHOST, PGPORT and DATABASE_URL there.
// Usage: node relay.js COMMAND ARGS...
const net = require('net');
const { spawn } = require('child_process');
const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;
const server = net.createServer((client) => {
  const there = net.connect(`${PGHOST}/.s.PGSQL.${PGPORT}`);
  client.pipe(there).pipe(client);
  client.on('error', () => there.destroy());
  there.on('error', () => client.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const url = `postgresql://${PGUSER}@127.0.0.1:${port}/${PGDATABASE}`;
  const env = { ...process.env, PGHOST: '127.0.0.1', PGPORT: port, DATABASE_URL: url };
  spawn(process.argv[2], process.argv.slice(3), { env, stdio: 'inherit' })
    .on('exit', (code, signal) => process.exit(signal ? 128 : code));
});
