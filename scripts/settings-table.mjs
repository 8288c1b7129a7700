// Prints the table of settings for the README, out of the compiled schema.
import { renderSettingsTable } from '../dist/src/config/render.js';

process.stdout.write(renderSettingsTable());
