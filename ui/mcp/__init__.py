"""Citewire for other programs' assistants, over the Model Context Protocol."""
