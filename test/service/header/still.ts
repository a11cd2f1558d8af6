/** What most headers say beside format and size. */
export const still = {
  orientation: 1,
  frames: 1,
  channels: 3,
  bytesPerSample: 1,
  hasProfile: false,
  progressive: false,
  sampling: 1,
}
