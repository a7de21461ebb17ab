"""Push: what a hub is asked for, and what is made of its calls (WebSub)."""
