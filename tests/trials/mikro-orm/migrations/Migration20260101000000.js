const { Migration } = require('@mikro-orm/migrations');
class Migration20260101000000 extends Migration {
  async up() { this.addSql('create table "author" ("id" serial primary key, "name" text not null);'); }
  async down() { this.addSql('drop table "author";'); }
}
exports.Migration20260101000000 = Migration20260101000000;
