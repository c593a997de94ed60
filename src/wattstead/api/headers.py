"""Headers that every answer carries."""

from types import MappingProxyType

SECURITY = MappingProxyType(
    {
        # The page needs nothing from elsewhere, and nobody else may frame it. Its socket goes to its own origin.
        "Content-Security-Policy": "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
        "object-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)

LIVE = "no-store"
"""Cache-Control of what changes all the time."""
