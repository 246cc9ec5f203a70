"""What can be asked of the bot in words: a module for each kind of command, `table` for all of them."""
