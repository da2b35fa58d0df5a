// A list of 100 files of somebody who has a million, beside the same of somebody who has a hundred: the first page, a page in
// the middle, and by purpose. One round trip each, told by `Server-Timing`.

import { join } from "node:path";
import { type Effort, type Figure, figure, inTurn, middle, request, type Side, write } from "../figure.ts";
import { type Stage, start } from "./workers.ts";

const MANY = 1_000_000;
const FEW = 101;
const SLICE = 50_000;

/** Whose files: so many, behind the id of this number. */
interface Owner {
  readonly name: string;
  readonly person: number;
  readonly from: number;
  readonly files: number;
}

const OWNERS: readonly Owner[] = [
  { name: "million", person: 0, from: 0, files: MANY },
  // Behind the others in the order of ids, so that a list that is not by owner would have to pass them.
  { name: "hundred", person: 1, from: 2 * MANY, files: FEW },
];

/** What is asked. */
const PAGES: Readonly<Record<string, (owner: Owner) => string>> = {
  first: () => "/v1/files?limit=100",
  middle: ({ from, files }) => `/v1/files?limit=100&after=${idOf(from + Math.max(FEW, files / 2))}`,
  purpose: () => "/v1/files?limit=100&purpose=user_data",
};

const idOf = (index: number): string => `file_${index.toString().padStart(26, "0")}`;

/** Gives a person files by the database's own counting; nothing reads their bytes. */
async function fill({ database }: Stage, { person, from, files }: Owner): Promise<void> {
  const statement = database.prepare(
    `WITH RECURSIVE n (i) AS (SELECT ?2 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
     INSERT INTO files (id, user_id, filename, purpose, bytes, sha256, object, created_at)
     SELECT printf('file_%026d', i), ?1, 'bench.txt', 'user_data', 1, ?4, 'bench/' || i, i FROM n`,
  );
  const user = `usr_${person.toString().padStart(26, "0")}`;
  for (let done = 0; done < files; done += SLICE) {
    const last = Math.min(done + SLICE, files);
    await database.batch([statement.bind(user, from + done + 1, from + last, "0".repeat(64))]);
  }
}

export async function lists(folder: string, effort: Effort): Promise<Figure[]> {
  const stage = await start(OWNERS.length);
  const side = async (page: string, owner: Owner): Promise<Side> => {
    const target = PAGES[page]?.(owner) ?? "";
    const headers = stage.headers(owner.person);
    const reply = await fetch(stage.files + target, { headers });
    const { data } = (await reply.json()) as { data: unknown[] };
    const trips = reply.headers.get("server-timing") ?? "";
    if (data.length !== 100 || !trips.includes('"d1=1"')) throw new Error(`${target}: ${data.length}, ${trips}`);
    const requests = write(join(folder, `${page}-${owner.name}`), [request("GET", target, headers)]);
    return { name: owner.name, pid: stage.workerd, origin: stage.files, requests, connections: 4 };
  };
  try {
    for (const owner of OWNERS) await fill(stage, owner);
    const figures: Figure[] = [];
    for (const page of Object.keys(PAGES)) {
      const [million = [], hundred = []] = await inTurn(
        await Promise.all(OWNERS.map((owner) => side(page, owner))),
        effort,
      );
      const cpu = { million: middle(million), hundred: middle(hundred) };
      figures.push(figure(page, `list of 100, ${page}: of a million : of a hundred`, 1.2, million, hundred, cpu));
    }
    return figures;
  } finally {
    await stage.stop();
  }
}
