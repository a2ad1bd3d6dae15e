"""The key that works without any seed. Light to import: each run asks for it."""

ACCOUNT_ID = "1000000000000001"
ACCESS_KEY_ID = "sandboxAccessKeyId"
ACCESS_KEY_SECRET = "sandboxAccessKeySecret"  # noqa: S105 - published, opens nothing but this sandbox
