"""The REST interface: answers, searches, articles; streamed where that helps; described at /api/docs."""
