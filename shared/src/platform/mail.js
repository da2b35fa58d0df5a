// The runtime's ways to send mail: a TCP socket for SMTP, and the `send_email` binding. Each wait has a
// deadline. What is said over the socket is decided in Rust.

import { connect } from "cloudflare:sockets";

class Line {
  constructor(socket) {
    this.take(socket);
  }

  take(socket) {
    this.socket = socket;
    this.reader = socket.readable.getReader();
    this.writer = socket.writable.getWriter();
  }
}

function within(work, milliseconds) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject("deadline"), milliseconds);
  });
  return Promise.race([work, late])
    .catch((error) => {
      throw String(error?.message ?? error);
    })
    .finally(() => clearTimeout(timer));
}

// `tls` is "on", "starttls" or "off".
export async function dial(hostname, port, tls, milliseconds) {
  const socket = connect({ hostname, port }, { secureTransport: tls, allowHalfOpen: false });
  socket.closed.catch(() => {});
  await within(socket.opened, milliseconds);
  return new Line(socket);
}

// The next bytes; none when the other side has ended.
export async function hear(line, milliseconds) {
  const { done, value } = await within(line.reader.read(), milliseconds);
  return done ? new Uint8Array(0) : value;
}

export async function say(line, bytes, milliseconds) {
  // The bytes are a view of memory that changes when Rust goes on.
  await within(line.writer.write(bytes.slice()), milliseconds);
}

export async function startTls(line, milliseconds) {
  line.reader.releaseLock();
  line.writer.releaseLock();
  const socket = line.socket.startTls();
  socket.closed.catch(() => {});
  await within(socket.opened, milliseconds);
  line.take(socket);
}

export function hangUp(line) {
  line.socket.close().catch(() => {});
}

export async function sendEmail(binding, email, name, to, subject, text, html, milliseconds) {
  const from = name === "" ? email : { email, name };
  await within(binding.send({ from, to, subject, text, html }), milliseconds);
}
