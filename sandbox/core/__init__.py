"""What all clouds of the sandbox share: server, store, clock, faults, control plane. It names no service."""
