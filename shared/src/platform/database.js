// D1, the storage of Durable Objects, and queues, as Rust calls them: statements by number, rows as JSON.

// Statements by the numbers that Rust knows them by.
const statements = [];

export function defineStatement(number, sql) {
  statements[number] = sql;
}

// Runs `[[statement, value, …], …]` as one transaction of D1: the rows of each, in JSON.
export async function batch(db, packed) {
  const bound = JSON.parse(packed).map(([statement, ...values]) => db.prepare(statements[statement]).bind(...values));
  return JSON.stringify((await db.batch(bound)).map(({ results }) => results));
}

export function exec(storage, statement, a, b, c) {
  const { sql } = storage;
  if (c !== undefined) sql.exec(statements[statement], a, b, c);
  else if (b !== undefined) sql.exec(statements[statement], a, b);
  else if (a !== undefined) sql.exec(statements[statement], a);
  else sql.exec(statements[statement]);
}

export function rows(storage, statement, value) {
  const values = value === undefined ? [] : [value];
  return JSON.stringify(
    storage.sql
      .exec(statements[statement], ...values)
      .raw()
      .toArray(),
  );
}

export async function setAlarm(storage, at) {
  await storage.setAlarm(at);
}

export async function deleteAll(storage) {
  await storage.deleteAll();
}

export async function sendBatch(queue, texts, delaySeconds) {
  await queue.sendBatch(
    texts.map((body) => ({ body, contentType: "text" })),
    { delaySeconds },
  );
}
