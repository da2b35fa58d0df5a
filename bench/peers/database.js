// Stands in for D1, which raw workerd does not have: a table of API keys, and a registry in which nothing was
// registered. The functions and the JS peers are both given this very module. They ask it for a key when they last
// asked ten seconds ago, for what is new in the registry every two: beside requests, not in them.

const NOTHING_NEW = [{ revision: 0, keys_revision: 0, body: null, keys: null, captures_revision: 0, captures: null }];

function answer(keys, sql, [first]) {
  if (sql.includes("FROM api_keys")) return keys[first] === undefined ? [] : [keys[first]];
  return sql.includes("FROM provider_keys_state") ? NOTHING_NEW : [];
}

class Statement {
  constructor(keys, sql, values = []) {
    Object.assign(this, { keys, sql, values });
  }

  bind(...values) {
    return new Statement(this.keys, this.sql, values);
  }

  get results() {
    return answer(this.keys, this.sql, this.values);
  }

  async first() {
    return this.results[0] ?? null;
  }

  async run() {
    return { success: true };
  }
}

export default function makeDatabase({ keys }) {
  return {
    prepare: (sql) => new Statement(keys, sql),
    batch: async (statements) => statements.map(({ results }) => ({ results })),
  };
}
