"""What all kinds share in a provider: check, diff, create, read, update, delete, adopt, wait. It knows no host."""
