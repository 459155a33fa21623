"""Whether a text supports a sentence, and the quotes that carry it: decided from the words alone, never by asking a model.

`supports` (support.py) gives the verdict; `attribute` (attribution.py) turns it into quotes with offsets in the article.
words -> align -> features -> score; claims, names and transplants object; spans and clauses say where it stands.
"""
