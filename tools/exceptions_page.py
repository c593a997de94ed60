"""What a device page says of the exceptions that its profile declares."""

from wattstead.catalog.profile import Profile


def exceptions(profile: Profile) -> str:
    """Give the section; nothing where a profile has no exceptions."""
    declared = profile.exceptions
    lines = []
    if declared.never_recorded:
        lines.append(f"- {declared.never_recorded.en}\n")
    for one in declared.never_raised:
        codes = ", ".join(f"`{code}`" for code in one.codes)
        lines.append(f"- {one.en} {codes}\n")
    return "\n## Exceptions to the rules for all profiles\n\n" + "".join(lines) if lines else ""
