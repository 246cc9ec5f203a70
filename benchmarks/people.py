"""Invents names of authors, of as many origins as arXiv's own: nobody in particular."""

import random
from collections.abc import Callable
from typing import Final

from anyascii import anyascii

_ENGLISH = (
    "James Mary Robert Emily William Grace Daniel Olivia Thomas Hannah Kevin Rachel Peter Laura Simon Claire",
    "Smith Johnson Brown Taylor Wilson Walker Wright Turner Parker Cooper Bailey Reed Murphy Kelly Foster Hughes",
)
_GERMAN = (
    "Jörg Lukas Anna Matthias Katharina Jürgen Stefan Sören Johanna Felix Birgit Tobias Björn Klaus Heike Uwe",
    "Müller Schröder Weber Hoffmann Schäfer Köhler Krüger Vogel Lindström Sørensen Håkansson Weiß Jäger Brandt Huber",
)
_ROMANCE = (
    "José María Pablo Lucía Francesco Giulia André Chloé João Inês Rubén Sofía Étienne Amélie Iñaki Beatriz",
    "García López Martínez Núñez Rossi Ferrari Lefèvre Dubois Gonçalves Araújo Muñoz Pérez Conti Moreau Ibáñez Castro",
)
_SLAVIC = (
    "Andrey Olga Krzysztof Łukasz Tomáš Jiří Marko Ivana Dmitry Natalia Paweł Zuzana Miloš Vesna Sergey Ewa",
    "Ivanov Kowalski Nowák Černý Petrović Wójcik Dvořák Sokolov Kozlov Zieliński Horvat Jovanović Volkov Šimek Popov",
)
_INDIAN = (
    "Aarav Priya Rahul Ananya Vikram Deepika Sanjay Kavya Rohan Meera Arjun Lakshmi Nikhil Pooja Suresh Divya",
    "Sharma Patel Gupta Iyer Reddy Singh Kumar Banerjee Nair Joshi Mehta Krishnamurthy Chatterjee Rao Verma Agarwal",
)
_JAPANESE = (
    "Hiroshi Yuki Takashi Sakura Kenji Naoko Daisuke Ayumi Shota Emi Ryo Haruka Satoshi Mai Kazuki Rina",
    "Sato Suzuki Takahashi Tanaka Watanabe Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto Inoue",
)
_EASTERN = (
    "Mohammad Fatima Ali Zahra Omar Leila Hossein Maryam Ahmed Aylin Mehmet Elif Yusuf Noor Reza Emre",
    "Ahmadi Hosseini Al-Rashid Karimi Yılmaz Demir Khan Hassan El-Sayed Rahimi Kaya Öztürk Mansouri Çelik Rezaei",
)
_DUTCH = (
    "Pieter Sanne Maarten Femke Jeroen Lotte Bram Anouk Willem Marieke Joost Fleur Hendrik Esmée Ruben Noortje",
    "van der Berg|de Vries|van Dijk|Bakker|Visser|van den Heuvel|Mulder|ter Horst|de Groot|Jansen",
)
_CHINESE_FAMILIES = """
    Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Song Tang Deng
    Han Feng Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai Jiang Yu Du Ye Cheng Wei Su Lü Ding Ren Shen Yao Lu
"""
_SYLLABLES = """
    xiao ming wei jun yan hui jing lei tao peng hao yu xin jia zhi hong bin cheng dong fei guo hai jian kai lan mei
    ning ping qi rui shan ting wen xue yi zhen zi yong chao liang bo han
"""
_KOREAN_FAMILIES = "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Oh Seo Shin Kwon Hwang"
_KOREAN = "ji hoon min soo hye jin seung woo hyun young eun kyung sang tae yeon jae dong chul"

_ORIGINS: Final = (_ENGLISH, _GERMAN, _ROMANCE, _SLAVIC, _INDIAN, _JAPANESE, _EASTERN, _DUTCH)
# Roughly as in a day of cs.LG, but for more names with accents: those cost most.
_WEIGHTS: Final = (4, 1, 2, 1, 4, 2, 1, 1)
_CHINESE_SHARE: Final = 0.45
_KOREAN_SHARE: Final = 0.08
_MIXED_SHARE: Final = 0.5  # the family's name is of another origin
_INITIAL_SHARE: Final = 0.05
_PLAIN_SHARE: Final = 0.5  # typed without accents
_PLACE_SHARE: Final = 0.01
_PLACES = ("ETH Zürich", "University of Lisbon", "CNRS, Paris", "Institute of Physics")


def invent_name(chance: random.Random) -> str:
    """Make up a printed name: at times with a middle initial, an accent, a particle or a hyphen."""
    origin = chance.random()
    if origin < _CHINESE_SHARE:
        return f"{_join(chance, _split(_SYLLABLES), '')} {chance.choice(_split(_CHINESE_FAMILIES))}"
    if origin < _CHINESE_SHARE + _KOREAN_SHARE:
        return f"{_join(chance, _split(_KOREAN), chance.choice(('', '-')))} {chance.choice(_split(_KOREAN_FAMILIES))}"
    return _invent_other(chance)


def invent_authors(chance: random.Random) -> tuple[str, ...]:
    """Make up the authors of one paper: one to twelve, of different names, five on average."""
    count = min(12, 1 + int(chance.gammavariate(2.2, 2.0)))
    return tuple(dict.fromkeys(invent_name(chance) for _ in range(count)))


def print_authors(names: tuple[str, ...], chance: random.Random, encode: Callable[[str], str]) -> str:
    """Write an author line as arXiv prints it; now and then an institute stands behind a name."""
    places = [f" ({encode(chance.choice(_PLACES))})" if chance.random() < _PLACE_SHARE else "" for _ in names]
    return ", ".join(encode(name) + place for name, place in zip(names, places, strict=True))


def _invent_other(chance: random.Random) -> str:
    (one,) = chance.choices(_ORIGINS, _WEIGHTS)
    (other,) = chance.choices(_ORIGINS, _WEIGHTS) if chance.random() < _MIXED_SHARE else (one,)
    initial = f"{chance.choice('ABCDEFGHJKLMNPRST')}. " if chance.random() < _INITIAL_SHARE else ""
    name = f"{chance.choice(_split(one[0]))} {initial}{chance.choice(_split(other[1]))}"
    return anyascii(name) if chance.random() < _PLAIN_SHARE else name


def _join(chance: random.Random, syllables: list[str], by: str) -> str:
    count = 1 if chance.random() < 0.3 and not by else 2  # noqa: PLR2004 -- three names in ten have one syllable
    first, *rest = chance.choices(syllables, k=count)
    return by.join((first.title(), *(each.title() if by and chance.random() < 1 / 2 else each for each in rest)))


def _split(names: str) -> list[str]:
    return names.split("|") if "|" in names else names.split()
