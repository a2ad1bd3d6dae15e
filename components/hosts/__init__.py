"""How the lifecycle is served to the engine: translation only, no decision."""
