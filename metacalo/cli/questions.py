"""What ``metacalo geometry new`` asks on a terminal, until the answer makes sense."""

from typing import Any

import typer

from metacalo.errors import UnknownMaterialError


def ask_name() -> str:
    """Ask for the name of the detector."""
    return str(typer.prompt("Name of the detector (letters, digits, _ and -)")).strip()


def ask_repeat() -> int:
    """Ask how many times the stack follows itself."""
    return int(typer.prompt("How many layers (repetitions of these slabs)", type=int))


def ask_stack(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask for the slabs of one layer, from front to back, until an empty line.

    Args:
        given: slabs that options gave; the answers follow them.

    Returns:
        All slabs, at least one of them active.
    """
    from metacalo.geometry import material

    stack = list(given)
    typer.echo("Slabs of one layer from front to back; an empty material ends the list.")
    while True:
        name = str(typer.prompt(f"Material of slab {len(stack) + 1}", default="", show_default=False)).strip()
        if not name:
            if any(slab["active"] for slab in stack):
                return stack
            typer.echo("At least one slab must be active.")
            continue
        try:
            found = material(name)
        except UnknownMaterialError as error:
            typer.echo(str(error))
            continue
        thickness_mm = typer.prompt(f"Thickness of {found.title} [mm]", type=float)
        active = typer.confirm("Is its energy measured?", default=False)
        stack.append({"material": name, "thickness_mm": thickness_mm, "active": active})
