"""From wishes to matches: the interest language, today's papers as bitmaps, scores, order and reasons. Pure."""
