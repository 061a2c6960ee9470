"""What a stranger has to know to read a simulation of prices: how buyers come, and the words."""

from __future__ import annotations

ARRIVALS = {
    "stochastic": "Each buyer is drawn anew, with the frequencies below.",
    "periodic": "Buyers come in a fixed pattern over and over.",
    "drifting": "How often each type comes changes in a straight line over the rounds; below is the average.",
    "switching": "How often each type comes switches between two laws; below is the average.",
}

GLOSSARY = (
    ("round", "One buyer comes, sees the price curve, and buys an amount or leaves."),
    (
        "price curve",
        "What every amount of rows costs. Here: bundles on offer; an amount costs what the next bundle costs.",
    ),
    ("type", "A kind of buyers to whom the same amounts are worth the same."),
    ("worth (valuation)", "What an amount is worth to a type of buyers, in money."),
    (
        "best fixed curve",
        "The one curve that would have earned most if it had been posted in every round, chosen by somebody who knows"
        " how often each type comes.",
    ),
    (
        "regret",
        "What the best fixed curve would have earned more than the learner did, added up over the rounds.",
    ),
    (
        "slope",
        "The power of t with which regret grows, fitted to the last tenfold of rounds: 1 is not learning, 0.5 is what"
        " theory promises of good learners, 0 is having learned all there is.",
    ),
    ("replication", "The whole simulation once more with other chance."),
    (
        "standard error",
        "The typical error of a mean over replications. An interval of two of them to each side contains the truth in"
        " about 95 of 100 cases.",
    ),
)
