"""What every cloud of the sandbox shares: server, store, clock, faults, control plane. It knows no service."""
