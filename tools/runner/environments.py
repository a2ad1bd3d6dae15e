"""Environments: all stacks that belong together, found by the names of their files.

`stacks/Pulumi.prod.yaml` and every `stacks/Pulumi.prod-*.yaml` are the environment `prod`. Whatever runs, reviews or
lists the stacks of an environment asks here which they are.
"""

from tools.runner.project import Project, UnusableStack


def stacks_of(env: str, project: Project) -> list[str]:
    """Return the names of an environment's stacks, in the order of their names.

    Args:
        env: `prod` stands for the stacks `prod` and `prod-*`.
        project: The stacks' project.

    Raises:
        UnusableStack: No file of a stack has such a name.
    """
    known = project.stacks()
    if found := [name for name in known if name == env or name.startswith(f"{env}-")]:
        return found
    names = ", ".join(sorted({name.partition("-")[0] for name in known})) or "(there is none)"
    raise UnusableStack(
        f"environment {env!r} has no stack: neither stacks/Pulumi.{env}.yaml nor stacks/Pulumi.{env}-*.yaml exists",
        f"name one of: {names}; or write such a file",
    )
