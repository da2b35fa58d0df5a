import { Stage } from "./stage.ts"; import { CASES, writeRequests } from "./cases.ts"; import { load } from "./load.ts"; import { spawn } from "node:child_process"; import { once } from "node:events"; import { readFileSync, writeFileSync } from "node:fs"; import { Runtime } from "./runtime.ts"; import { SOCKETS, writeConfig } from "./config.ts";
const [subject, id, secs="4"] = process.argv.slice(2) as any;
const s: any = await Stage.open(); let r: any; try {
 const q = await s.start(subject); await q.stop();
 const folder = s.folder + "/" + subject; const cfg = folder + "/config.capnp";
 writeFileSync(cfg, readFileSync(cfg, "utf8").replace("sockets = [", 'v8Flags = ["--perf-basic-prof", "--interpreted-frames-native-stack"],\n sockets = ['));
 r = await Runtime.start(folder, SOCKETS);
 const c = CASES.find(c=>c.id===id)!;
 const f = writeRequests(s.folder, c, s.issuer); const how = {connections: c.connections, finish: c.stream};
 await load(r.origin(c.socket), f, {...how, seconds: 4});
 const p = spawn("perf", ["record","-F","1999","-g","-o",`/tmp/i-perf-${subject}-${id}`,"-p",String(r.pid),"--","sleep",secs],{stdio:"ignore"});
 await r.rest(); const before = r.cpu(); const b = await load(r.origin(c.socket), f, {...how, seconds: Number(secs)-1}); await r.rest();
 console.log(subject, id, ((r.cpu()-before)*1000/b.requests).toFixed(1), b.requests, r.pid); await once(p,"exit");
 } finally { await r?.stop(); await s.close(); }
