-- forget_watermarks: read everything once more, because changes went unseen.
DELETE FROM consistency_watermarks
