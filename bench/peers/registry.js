// What was registered, as this isolate knows it. Equal to functions/ai/src/registry/copy.rs: younger than two seconds it is
// used, older it is asked for beside the request, older than ten seconds it is waited for.

const FRESH_MS = 2_000;
const STALE_MS = 10_000;
const WAIT_MS = 1_000;
const NEWS = `SELECT coalesce(r.revision, 0) AS revision, k.revision AS keys_revision,
CASE WHEN coalesce(r.revision, 0) <> ?1 THEN r.body END AS body, CASE WHEN k.revision <> ?2 THEN k.keys END AS keys
FROM provider_keys_state k LEFT JOIN registry_revisions r ON r.revision = (SELECT max(revision) FROM registry_revisions)`;

const times = { answered: Number.NEGATIVE_INFINITY, asked: Number.NEGATIVE_INFINITY, failed: Number.NEGATIVE_INFINITY };
let copy = { revision: 0, keysRevision: 0, routes: new Map(), aliases: new Map() };

async function refresh(env, askedMs) {
  const news = await env.DB.prepare(NEWS).bind(copy.revision, copy.keysRevision).first();
  if (times.answered > askedMs) return;
  times.answered = askedMs;
  times.failed = Number.NEGATIVE_INFINITY;
  if (news.revision === copy.revision && news.keys_revision === copy.keysRevision) return;
  const { routes = [], aliases = [] } = JSON.parse(news.body ?? "{}");
  const byId = (list) => new Map(list.map((one) => [one.id, one]));
  copy = {
    revision: news.revision,
    keysRevision: news.keys_revision,
    routes: byId(routes),
    aliases: byId(aliases),
  };
}

/** What is registered, not older than it may be. */
export async function registry(cx) {
  const { now } = cx;
  if (now - times.answered < FRESH_MS) return copy;
  const wait = now - times.answered >= STALE_MS && now - times.failed >= STALE_MS;
  if (!wait && now - times.asked < FRESH_MS) return copy;
  times.asked = now;
  const refreshing = refresh(cx.env, now).catch(() => {
    times.failed = now;
  });
  if (!wait) {
    cx.ctx.waitUntil(refreshing);
    return copy;
  }
  cx.trip("d1");
  let timer;
  const late = new Promise((done) => {
    timer = setTimeout(done, WAIT_MS);
  });
  await Promise.race([refreshing, late]);
  clearTimeout(timer);
  return copy;
}
