"""The program: typed settings -> components -> outputs. What to replicate is declared in stacks/Pulumi.<stack>.yaml."""

import pulumi

from components.kinds import KINDS
from components.replica.settings import load, raw_config

settings = load(raw_config(), project=pulumi.get_project())
replicas = {}
for kind in KINDS:
    if entries := settings.entries[kind.section]:
        component = kind.component.load()
        made = {name: component(name, entry.args(), entry.options()) for name, entry in entries.items()}
        replicas[kind.section] = {name: replica.replicas for name, replica in made.items()}
pulumi.export("replicas", replicas)
