// What becomes of every question about a file, by its visibility and who asks: a line each. The statuses stand in the order of
// `ACTIONS`: read, content, picture, variant, sign, links, change, share, delete. What somebody may not read is 404, what they
// may read and not do 403; without anybody's name a row for people is 401.

/** Of every file: reached, and worked with, by its owner and what acts for them. */
const ALL = "200 200 200 200 200 201 200 200 200";
/** Read and no more. */
const READS = "200 200 200 200 200 403 403 403 403";
/** Not there. */
const NONE = "404 404 404 404 404 404 404 404 404";
/** What the caller shows does not open such rows. */
const UNFIT = "403 403 403 403 403 403 403 403 403";
/** What the caller shows opens nothing any more. */
const ENDED = "401 401 401 401 401 401 401 401 401";
/** Without a name: not there; and there. */
const [SHUT, OPEN] = ["401 404 404 404 401 401 401 401 401", "401 200 200 200 401 401 401 401 401"] as const;

/** Visibility, caller, statuses. */
export const OUTCOMES: readonly (readonly [string, string, string])[] = [
  ["private", "nobody", SHUT],
  ["private", "stranger", NONE],
  ["private", "owner", ALL],
  ["private", "member", NONE],
  ["private", "lead", NONE],
  ["private", "outsider", NONE],
  ["private", "suspended member", NONE],
  ["private", "other member", NONE],
  ["private", "friend", READS],
  ["private", "link", OPEN],
  ["private", "key", ALL],
  ["private", "unfit key", UNFIT],
  ["private", "organisation's key", ALL],
  ["private", "other's key", NONE],
  ["private", "app", ALL],
  ["private", "unfit app", UNFIT],
  ["private", "nonsense", ENDED],
  ["private", "administrator", NONE],
  ["private", "stand-in", "200 403 403 403 403 403 403 403 403"],
  ["organisation", "nobody", SHUT],
  ["organisation", "stranger", NONE],
  ["organisation", "owner", ALL],
  ["organisation", "member", READS],
  ["organisation", "lead", ALL],
  ["organisation", "outsider", NONE],
  ["organisation", "suspended member", READS],
  ["organisation", "other member", NONE],
  ["organisation", "friend", READS],
  ["organisation", "link", OPEN],
  ["organisation", "key", ALL],
  ["organisation", "unfit key", UNFIT],
  ["organisation", "organisation's key", ALL],
  ["organisation", "other's key", NONE],
  ["organisation", "app", ALL],
  ["organisation", "unfit app", UNFIT],
  ["organisation", "nonsense", ENDED],
  ["organisation", "administrator", NONE],
  ["organisation", "stand-in", "200 403 403 403 403 403 403 403 403"],
  ["public", "nobody", OPEN],
  ["public", "stranger", READS],
  ["public", "owner", ALL],
  ["public", "member", READS],
  ["public", "lead", ALL],
  ["public", "outsider", READS],
  ["public", "suspended member", READS],
  ["public", "other member", READS],
  ["public", "friend", READS],
  ["public", "link", OPEN],
  ["public", "key", ALL],
  ["public", "unfit key", UNFIT],
  ["public", "organisation's key", ALL],
  ["public", "other's key", READS],
  ["public", "app", ALL],
  ["public", "unfit app", UNFIT],
  ["public", "nonsense", ENDED],
  ["public", "administrator", READS],
  ["public", "stand-in", READS],
];

/** The same, for whom it is another, of an owner who was suspended after all was made. Their own token ends by itself. */
export const SUSPENDED: readonly (readonly [string, string, string])[] = [
  ["private", "nobody", SHUT],
  ["private", "owner", ALL],
  ["private", "member", NONE],
  ["private", "lead", NONE],
  ["private", "friend", NONE],
  ["private", "link", SHUT],
  ["private", "key", ENDED],
  ["private", "organisation's key", ENDED],
  ["private", "app", "200 403 403 403 200 201 200 200 200"],
  ["private", "stand-in", "200 403 403 403 403 403 403 403 403"],
  ["organisation", "nobody", SHUT],
  ["organisation", "owner", ALL],
  ["organisation", "member", READS],
  ["organisation", "lead", ALL],
  ["organisation", "friend", NONE],
  ["organisation", "link", SHUT],
  ["organisation", "key", ENDED],
  ["organisation", "organisation's key", ENDED],
  ["organisation", "app", "200 403 403 403 200 201 200 200 200"],
  ["organisation", "stand-in", "200 403 403 403 403 403 403 403 403"],
  ["public", "nobody", SHUT],
  ["public", "owner", ALL],
  ["public", "member", READS],
  ["public", "lead", ALL],
  ["public", "friend", NONE],
  ["public", "link", SHUT],
  ["public", "key", ENDED],
  ["public", "organisation's key", ENDED],
  ["public", "app", "200 403 403 403 200 201 200 200 200"],
  ["public", "stand-in", READS],
];
