"""Turns editions into messages. Reads templates; sends nothing and asks no clock."""
