from wattstead.catalog.profile import load_profile
from wattstead.catalog.shipped import profile_heads, profile_names


def test_a_head_says_what_the_whole_profile_says() -> None:
    heads = profile_heads()
    assert tuple(head.name for head in heads) == profile_names()
    for head in heads:
        profile = load_profile(head.name)
        told = (head.title, head.baud, head.can)
        assert told == (profile.title, profile.link.baud, profile.link.can is not None), head.name
