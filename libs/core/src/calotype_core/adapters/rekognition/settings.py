from dataclasses import dataclass

from calotype_core.adapters.sns.settings import ENDPOINT, REGION
from calotype_core.settings import setting


@dataclass(frozen=True, kw_only=True, slots=True)
class RekognitionSettings:
    """Amazon Rekognition, where it finds labels; credentials are those that AWS's tools find."""

    rekognition_region: str = setting(
        "", REGION, "The region that is asked; empty: as AWS's own settings say (AWS_REGION)."
    )
    rekognition_endpoint_url: str = setting(
        "", ENDPOINT, "Another address than AWS's, such as a VPC endpoint's; empty: AWS's."
    )
