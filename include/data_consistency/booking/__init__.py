"""The booking guard: what a call announced, what rows and calendar say of it, and what the verdict asks for."""
