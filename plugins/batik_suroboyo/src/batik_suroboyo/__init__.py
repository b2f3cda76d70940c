"""Surabaya's rules for Peken: the ASN mandate, the vendor cap, Batik Suroboyo."""
