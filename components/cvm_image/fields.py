"""The table of a CVM image replica's fields; names, types and texts are those of its TypedDicts."""

from functools import partial

from components.cvm_image.args import CvmImageDestination, CvmImageReplicaArgs, CvmImageSource
from components.lifecycle.default_name import MAX_NAME
from components.model import copy_fields, rules
from components.model.field import Change, Field, table
from components.model.tag_rules import patterns
from components.model.tencent_tag_rules import MAX_TAGS, tags

MAX_DESCRIPTION = 256

SOURCE = copy_fields.source_table(
    CvmImageSource,
    region_api="X-TC-Region",
    id_api="ImageIds",
    instance_id=Field(
        Change.REPLACES,
        effect="makes a new source image and replaces all replicas",
        api="InstanceId",
        rule=rules.an_id(r"ins-[0-9A-Za-z]+", "ins-r9hr2upy"),
    ),
)
ARGS = copy_fields.args_table(CvmImageReplicaArgs, ready_timeout=copy_fields.DEFAULT_READY_TIMEOUT)
SETTINGS = table(
    CvmImageDestination,
    name=Field(
        default="the child's name with characters that make it unique",
        api="ImageName",
        rule=rules.at_most(MAX_NAME),
        template=True,
        longest=MAX_NAME,
    ),
    description=Field(
        default="the cloud's choice",
        api="ImageDescription",
        rule=rules.at_most(MAX_DESCRIPTION),
        unset="ModifyImageAttribute cannot unset it",
    ),
    delete_bound_snapshots=Field(Change.RECORDED, default="true for a copy", api="DeleteBindedSnap"),
    tags=Field(default="none", api="ModifyResourceTags", rule=tags(), merged=True),
    ignore_tags=Field(Change.RECORDED, default="none", rule=patterns(MAX_TAGS)),
    existing_id=Field(Change.AT_CREATION, default="copy"),
)

violations = partial(copy_fields.violations, SETTINGS)
"""Finds every rule of the references that the properties of one replica break."""
