"""The web side: leaving, in one click and by a page. Pages work without JavaScript, and a GET changes nothing."""
