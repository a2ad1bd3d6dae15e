-- The tables of the store; the module that uses a table owns its meaning.
CREATE TABLE IF NOT EXISTS singletons (name TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS access_keys (access_key_id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS nonces (
    access_key_id TEXT, nonce TEXT, seen_at REAL NOT NULL, PRIMARY KEY (access_key_id, nonce)
);
CREATE INDEX IF NOT EXISTS nonces_by_age ON nonces (seen_at);
CREATE TABLE IF NOT EXISTS client_tokens (
    account TEXT, service TEXT, action TEXT, token TEXT,
    digest TEXT NOT NULL, answer TEXT NOT NULL, used_at REAL NOT NULL,
    PRIMARY KEY (account, service, action, token)
);
CREATE TABLE IF NOT EXISTS resources (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT, account TEXT, region TEXT, id TEXT,
    body TEXT NOT NULL, UNIQUE (service, account, region, id)
);
CREATE TABLE IF NOT EXISTS request_times (account TEXT, service TEXT, action TEXT, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS request_times_by_action ON request_times (account, service, action, at);
CREATE TABLE IF NOT EXISTS faults (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    idx INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT, action TEXT, body TEXT NOT NULL
);
