"""ECS snapshots: fields, rules, component and the part of the lifecycle that only they have."""
