"""The library: browsing the articles, and, where it is allowed, adding and removing them."""

from __future__ import annotations

#: megabytes of one uploaded file, unless the user says otherwise
MAX_UPLOAD_MB = 20
