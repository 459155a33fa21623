"""Logging in: users of a file, sessions in memory, and the gate that lets nobody else in."""
