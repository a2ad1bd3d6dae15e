"""ECS images: fields, rules, component over the native copy, and its companion."""
