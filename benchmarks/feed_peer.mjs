// The Node peers of `python -m benchmarks fanout`: node feed_peer.mjs socketio|ws PORT MODULES
// Reads "K\n" lines from standard input and sends K messages to everybody.
import http from "node:http";
import { createRequire } from "node:module";

const [kind, port, modules] = process.argv.slice(2);
const require = createRequire(`${modules}/package.json`);
const server = http.createServer();
const send = kind === "socketio" ? socketio() : plain();
let seq = 0;
let rest = "";

function socketio() {
  const { Server } = require("socket.io");
  const io = new Server(server, { serveClient: false });
  io.on("connection", (socket) => socket.join("bench"));
  return (value) => io.to("bench").emit("price", value);
}

function plain() {
  const { WebSocketServer, WebSocket } = require("ws");
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  return (value) => {
    const text = JSON.stringify(["price", value]);
    for (const client of sockets.clients) if (client.readyState === WebSocket.OPEN) client.send(text);
  };
}

function publish() {
  seq += 1;
  send({
    lot_id: "bench", seq, price_fen: 100000000 + seq * 100000, leader: "A03", bids: seq,
    closes_at_us: 1790000000000000, status: "open", phase: "limited",
    t: Number(process.hrtime.bigint() / 1000n),
  });
}

process.stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\n");
  rest = lines.pop();
  for (const line of lines) for (let k = Number(line); k > 0; k -= 1) publish();
});
process.stdin.on("end", () => process.exit(0));
server.listen(Number(port), "127.0.0.1");
