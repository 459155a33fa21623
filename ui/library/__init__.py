"""The library: browsing the articles, and, where it is allowed, adding and removing them."""
