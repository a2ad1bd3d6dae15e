"""What all kinds share in the program: component base, waits, stack config, native providers. It starts no copy."""
