"""How a message travels: one module a channel, each with a function `deliver(letter, target)`."""
