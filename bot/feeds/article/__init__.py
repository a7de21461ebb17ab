"""The page behind an item's link: may it be asked, what does it say, is it a wall. Read in a child process."""
