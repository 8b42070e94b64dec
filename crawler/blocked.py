"""What a reader of numbers does not need: blocked by CDP, so that the HTTP cache stays on."""

BLOCKED_URLS = (
    *(f"*.{ending}" for ending in ("png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico")),
    *(f"*.{ending}?*" for ending in ("png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico")),
    *(f"*.{ending}" for ending in ("woff", "woff2", "ttf", "otf", "mp4", "webm", "mp3")),
    "*://*.google-analytics.com/*",
    "*://*.googletagmanager.com/*",
    "*://*.doubleclick.net/*",
    "*://connect.facebook.net/*",
    "*://*.hotjar.com/*",
    "*://*.sentry.io/*",
)
"""Chromium's own wildcard patterns for `Network.setBlockedURLs`."""
