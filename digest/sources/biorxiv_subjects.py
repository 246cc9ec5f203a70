"""The subjects bioRxiv and medRxiv sort preprints into, and the names sources are given for them. Pure."""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from digest.errors import ConfigurationError

ALL: Final = "all"
TITLES: Final = {"biorxiv": "bioRxiv", "medrxiv": "medRxiv"}

# https://www.biorxiv.org/alertsrss and https://www.medrxiv.org/alertsrss. A subject that is not listed would be asked
# for without end and never bring anything, so it is refused: add new ones here.
_BIORXIV: Final = """
    animal_behavior_and_cognition biochemistry bioengineering bioinformatics biophysics cancer_biology cell_biology
    clinical_trials developmental_biology ecology epidemiology evolutionary_biology genetics genomics immunology
    microbiology molecular_biology neuroscience paleontology pathology pharmacology_and_toxicology physiology
    plant_biology scientific_communication_and_education synthetic_biology systems_biology zoology
"""
_MEDRXIV: Final = """
    addiction_medicine allergy_and_immunology anesthesia cardiovascular_medicine dentistry_and_oral_medicine dermatology
    emergency_medicine endocrinology epidemiology forensic_medicine gastroenterology genetic_and_genomic_medicine
    geriatric_medicine health_economics health_informatics health_policy health_systems_and_quality_improvement
    hematology hiv_aids infectious_diseases intensive_care_and_critical_care_medicine medical_education medical_ethics
    nephrology neurology nursing nutrition obstetrics_and_gynecology occupational_and_environmental_health oncology
    ophthalmology orthopedics otolaryngology pain_medicine palliative_medicine pathology pediatrics
    pharmacology_and_therapeutics primary_care_research psychiatry_and_clinical_psychology public_and_global_health
    radiology_and_imaging rehabilitation_medicine_and_physical_therapy respiratory_medicine rheumatology
    sexual_and_reproductive_health sports_medicine surgery toxicology transplantation urology
"""
SUBJECTS: Final = {"biorxiv": tuple(_BIORXIV.split()), "medrxiv": tuple(_MEDRXIV.split())}

_NOT_LETTER = re.compile(r"[^a-z]+")


def read_subjects(server: str, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give the subjects of an option, each once, and a sentence for each fault."""
    read = {name: spell_subject(name) for name in names}
    known = {ALL, *SUBJECTS[server]}
    faults = [_explain(server, name) for name, subject in read.items() if subject not in known]
    return list(dict.fromkeys(read.values())), faults


def check(faults: Sequence[str]) -> None:
    """Raise ConfigurationError if there are faults."""
    if faults:
        raise ConfigurationError(faults)


def spell_subject(name: str) -> str:
    """Give a subject as it is asked for: `cell_biology` of `Cell Biology`, `hiv_aids` of `HIV/AIDS`."""
    return _NOT_LETTER.sub("_", name.lower()[:100]).strip("_")


def is_same_subject(stated: str, asked_for: str) -> bool:
    """Whether two spellings mean one subject; rows add remarks: `infectious diseases (except HIV/AIDS)`."""
    first, second = (_NOT_LETTER.sub("", each.lower()) for each in (stated, asked_for))
    return bool(first and second) and (first.startswith(second) or second.startswith(first))


def _explain(server: str, name: str) -> str:
    shown = " ".join(name.split())[:80]
    close = get_close_matches(spell_subject(name), SUBJECTS[server], n=1)
    hint = f"did you mean {close[0]}?" if close else f"write {ALL}, or one such as {SUBJECTS[server][0]}"
    return f"sources.{server}: “{shown}” is not a subject of {TITLES[server]}; {hint}"
