"""Reports of mail providers about mail they sent for us, posted to a web address of ours.

One module for each provider: is the post theirs, and what does it say. Pure. Everything in a post is a stranger's until
its signature has been checked, and of an odd shape perhaps after that too.
"""
